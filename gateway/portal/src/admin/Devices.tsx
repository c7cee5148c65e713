import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { DeviceLoginDocument, RenewDeviceLoginDocument } from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Failed, Skeleton } from "../ui/Status";
import styles from "./Access.module.css";

/** The login of the tenant's devices; asked for only when somebody wants to see it. */
export function Devices() {
  const { t } = useLingui();
  const [shown, setShown] = useState(false);
  const [renewing, setRenewing] = useState(false);
  const { data, problem, loading, again } = useAsked(DeviceLoginDocument, {}, 0, !shown);
  const renew = useAct(RenewDeviceLoginDocument);
  const login = shown ? data?.deviceLogin : undefined;

  async function confirm(user: string) {
    if (await renew.run({ user })) {
      setRenewing(false);
      again();
    }
  }

  return (
    <Panel
      title={<Trans>Devices over MQTT</Trans>}
      note={
        <Trans>One login for all devices of this tenant. It can publish readings and nothing else.</Trans>
      }
      actions={
        <Button small onPress={() => setShown(!shown)}>
          {shown ? <Trans>Hide</Trans> : <Trans>Show the login</Trans>}
        </Button>
      }
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading && shown ? <Skeleton lines={4} /> : null}
      {login ? (
        <>
          <dl className={styles["login"]}>
            <dt>
              <Trans>Address</Trans>
            </dt>
            <dd>
              {login.address ? (
                <code>{login.address}</code>
              ) : (
                <Trans>Not told to this installation; ask who runs it for the MQTT address.</Trans>
              )}
            </dd>
            <dt>
              <Trans>User</Trans>
            </dt>
            <dd>
              <code>{login.user}</code>
            </dd>
            <dt>
              <Trans>Password</Trans>
            </dt>
            <dd>
              <code data-testid="device-password">{login.password}</code>
            </dd>
            <dt>
              <Trans>Topic</Trans>
            </dt>
            <dd>
              <code>{login.topic}</code>
            </dd>
          </dl>
          <Actions>
            <Button small tone="danger" onPress={() => setRenewing(true)}>
              <Trans>Renew the password</Trans>
            </Button>
          </Actions>
          <Dialog
            title={t`Renew the devices' password?`}
            open={renewing}
            onClose={() => setRenewing(false)}
            asks
          >
            <p>
              <Trans>
                Every device that has the old password is shut out within seconds, until it is given the new
                one. This cannot be undone.
              </Trans>
            </p>
            {renew.problem ? <Failed problem={renew.problem} /> : null}
            <Actions>
              <Button onPress={() => setRenewing(false)}>
                <Trans>Keep</Trans>
              </Button>
              <Button tone="danger" busy={renew.busy} onPress={() => void confirm(login.user)}>
                <Trans>Renew</Trans>
              </Button>
            </Actions>
          </Dialog>
        </>
      ) : null}
    </Panel>
  );
}
