import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import {
  AddLoginProviderDocument,
  ChangeLoginProviderDocument,
  LoginProvidersDocument,
  type LoginProvidersQuery,
  RemoveLoginProviderDocument,
} from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { callbackOf } from "../api/session";
import { useSession } from "../app/session";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import styles from "./Access.module.css";
import { domainsOf, NEW, ProviderForm } from "./ProviderForm";

type Provider = LoginProvidersQuery["loginProviders"][number];

/** Providers of identity by which members may log in, and what to tell one of Andon. */
export function Providers() {
  const { tenant } = useSession();
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<Provider | null>(null);
  const [leaving, setLeaving] = useState<Provider | null>(null);
  const { data, problem, loading, again } = useAsked(LoginProvidersDocument, {});
  const close = () => {
    setAdding(false);
    setChanging(null);
    setLeaving(null);
    again();
  };
  return (
    <Panel
      title={<Trans>Log-in by a provider</Trans>}
      note={
        <Trans>
          Your company's own log-in, by OpenID Connect. It lets in who is a member or invited, and makes
          nobody a member. Tell it this redirect address: <code>{callbackOf(tenant.slug)}</code>
        </Trans>
      }
      flush
      actions={
        <Button small icon="plus" onPress={() => setAdding(true)}>
          <Trans>Add a provider</Trans>
        </Button>
      }
    >
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton lines={2} /> : null}
      {data?.loginProviders.length === 0 ? (
        <Empty title={<Trans>Members sign in with passwords only</Trans>} />
      ) : null}
      {data && data.loginProviders.length > 0 ? (
        <Table providers={data.loginProviders} onChange={setChanging} onRemove={setLeaving} />
      ) : null}
      {adding ? <Add onClose={close} /> : null}
      {changing ? <Change provider={changing} onClose={close} /> : null}
      {leaving ? <Remove provider={leaving} onClose={close} /> : null}
    </Panel>
  );
}

interface TableProps {
  providers: readonly Provider[];
  onChange: (provider: Provider) => void;
  onRemove: (provider: Provider) => void;
}

function Table({ providers, onChange, onRemove }: TableProps) {
  const { t } = useLingui();
  return (
    <table aria-label={t`Providers`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Name</Trans>
          </th>
          <th scope="col">
            <Trans>Issuer</Trans>
          </th>
          <th scope="col">
            <Trans>Domains</Trans>
          </th>
          <th scope="col">
            <span className="for-readers">
              <Trans>Actions</Trans>
            </span>
          </th>
        </tr>
      </thead>
      <tbody>
        {providers.map((provider) => (
          <tr key={provider.id}>
            <td>{provider.name}</td>
            <td>
              <code>{provider.issuer}</code>
            </td>
            <td>{provider.domains.length > 0 ? provider.domains.join(", ") : <Trans>all</Trans>}</td>
            <td className={styles["acts"]}>
              <Button small aria-label={t`Change ${provider.name}`} onPress={() => onChange(provider)}>
                <Trans>Change</Trans>
              </Button>{" "}
              <Button
                small
                tone="danger"
                aria-label={t`Remove ${provider.name}`}
                onPress={() => onRemove(provider)}
              >
                <Trans>Remove</Trans>
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const add = useAct(AddLoginProviderDocument);
  return (
    <Dialog title={t`Add a provider`} open onClose={onClose}>
      <ProviderForm
        start={NEW}
        problem={add.problem}
        busy={add.busy}
        onClose={onClose}
        onSave={({ name, issuer, clientId, secret, domains }) =>
          void add
            .run({ name, issuer, clientId, clientSecret: secret || null, domains: domainsOf(domains) })
            .then((made) => made && onClose())
        }
      />
    </Dialog>
  );
}

function Change({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { t } = useLingui();
  const change = useAct(ChangeLoginProviderDocument);
  const { id, name, issuer, clientId, hasSecret, domains } = provider;
  return (
    <Dialog title={t`Change ${name}`} open onClose={onClose}>
      <ProviderForm
        start={{ name, issuer, clientId, secret: "", domains: domains.join(", ") }}
        known={{ hasSecret }}
        problem={change.problem}
        busy={change.busy}
        onClose={onClose}
        onSave={(written) =>
          void change
            .run({
              providerId: id,
              name: written.name,
              clientId: written.clientId,
              clientSecret: written.secret || null,
              domains: domainsOf(written.domains),
            })
            .then((made) => made && onClose())
        }
      />
    </Dialog>
  );
}

function Remove({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { t } = useLingui();
  const remove = useAct(RemoveLoginProviderDocument);
  return (
    <Dialog title={t`Remove ${provider.name}?`} open onClose={onClose} asks>
      <p>
        <Trans>
          Nobody can log in by it any more. Members stay, and so do sessions until they end; who has no
          password needs a one-time link.
        </Trans>
      </p>
      {remove.problem ? <Failed problem={remove.problem} /> : null}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Keep</Trans>
        </Button>
        <Button
          tone="danger"
          busy={remove.busy}
          onPress={() => void remove.run({ providerId: provider.id }).then((gone) => gone && onClose())}
        >
          <Trans>Remove</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}
