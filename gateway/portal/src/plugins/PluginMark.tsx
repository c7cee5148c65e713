import { useLingui } from "@lingui/react/macro";
import type { PluginState } from "../api/generated/graphql";
import type { IconName } from "../ui/Icon";
import { Mark, type Tone } from "../ui/Status";

const LOOKS: Record<PluginState, [Tone, IconName]> = {
  CORE: ["plain", "normal"],
  SIGNED: ["good", "pass"],
  UNSIGNED: ["silent", "alarm"],
  OWN: ["plain", "person"],
  MODIFIED: ["alarm", "fail"],
  INCOMPATIBLE: ["alarm", "fail"],
};

/** How far a plugin can be believed. */
export function PluginMark({ state }: { state: PluginState }) {
  const { t } = useLingui();
  const [tone, icon] = LOOKS[state];
  return (
    <Mark tone={tone} icon={icon}>
      {
        {
          CORE: t`Part of Andon`,
          SIGNED: t`Signed`,
          UNSIGNED: t`Not signed`,
          OWN: t`Of your engineers`,
          MODIFIED: t`Modified`,
          INCOMPATIBLE: t`Not for this Andon`,
        }[state]
      }
    </Mark>
  );
}
