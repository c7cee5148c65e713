import { useLingui } from "@lingui/react/macro";
import { span } from "../ui/format";

/** How often somebody may be told, in minutes. */
export const OFTEN = [1, 5, 15, 60, 240, 480, 1440] as const;

export function useOftenWord(): (minutes: number) => string {
  const { t } = useLingui();
  return (minutes) => t`One mail in ${span(minutes * 60)}`;
}
