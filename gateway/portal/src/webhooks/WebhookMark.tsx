import { useLingui } from "@lingui/react/macro";
import type { WebhookDeliveryState, WebhookEndpointState } from "../api/generated/graphql";
import type { IconName } from "../ui/Icon";
import { Mark, type Tone } from "../ui/Status";

export const DELIVERY_STATES = [
  "WAITING",
  "DELIVERED",
  "FAILED",
] as const satisfies readonly WebhookDeliveryState[];

const DELIVERY: Record<WebhookDeliveryState, [Tone, IconName]> = {
  WAITING: ["plain", "wait"],
  DELIVERED: ["good", "pass"],
  FAILED: ["alarm", "fail"],
};

const ENDPOINT: Record<WebhookEndpointState, [Tone, IconName]> = {
  ACTIVE: ["plain", "normal"],
  PAUSED: ["silent", "wait"],
  DISABLED: ["alarm", "failure"],
};

export function useDeliveryWord(): (state: WebhookDeliveryState) => string {
  const { t } = useLingui();
  return (state) => ({ WAITING: t`Waiting`, DELIVERED: t`Delivered`, FAILED: t`Given up` })[state];
}

export function DeliveryMark({ state }: { state: WebhookDeliveryState }) {
  const word = useDeliveryWord();
  const [tone, icon] = DELIVERY[state];
  return (
    <Mark tone={tone} icon={icon}>
      {word(state)}
    </Mark>
  );
}

export function EndpointMark({ state }: { state: WebhookEndpointState }) {
  const { t } = useLingui();
  const [tone, icon] = ENDPOINT[state];
  return (
    <Mark tone={tone} icon={icon}>
      {{ ACTIVE: t`Active`, PAUSED: t`Paused`, DISABLED: t`Disabled` }[state]}
    </Mark>
  );
}
