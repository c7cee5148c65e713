import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import {
  type PipelineFactsFragment,
  type PipelineVersionRowFragment,
  RetirePipelineDocument,
  UsePipelineDocument,
} from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { Button } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Failed } from "../ui/Status";

interface Props {
  pipeline: PipelineFactsFragment;
  again: () => void;
}

/** Back to the version before, and out of use: either is undone by using a version again. */
export function Use({ pipeline, used, again }: Props & { used: PipelineVersionRowFragment }) {
  const former = pipeline.versions.find(({ version }) => version === pipeline.formerVersion);
  return (
    <>
      {pipeline.enabled && former ? (
        <UseVersion pipeline={pipeline} version={former} again={again} back />
      ) : null}
      {pipeline.enabled ? (
        <Retire pipeline={pipeline} again={again} />
      ) : (
        <UseVersion pipeline={pipeline} version={used} again={again} undo />
      )}
    </>
  );
}

/** Uses a version from the next run on; `back` and `undo` say what it comes to. */
export function UseVersion({
  version,
  again,
  back = false,
  undo = false,
}: Props & { version: PipelineVersionRowFragment; back?: boolean; undo?: boolean }) {
  const { t } = useLingui();
  const use = useAct(UsePipelineDocument);
  return (
    <>
      {use.problem ? <Failed problem={use.problem} /> : null}
      <Button
        small={!back && !undo}
        busy={use.busy}
        aria-label={
          back ? t`Back to ${version.version}` : undo ? t`Take it up again` : t`Use ${version.version}`
        }
        onPress={() => void use.run({ pipelineVersionId: version.id }).then((done) => done && again())}
      >
        {back ? (
          <Trans>Back to {version.version}</Trans>
        ) : undo ? (
          <Trans>Take it up again</Trans>
        ) : (
          <Trans>Use {version.version}</Trans>
        )}
      </Button>
    </>
  );
}

function Retire({ pipeline, again }: Props) {
  const { t } = useLingui();
  const [asking, setAsking] = useState(false);
  const retire = useAct(RetirePipelineDocument);
  const act = async () => {
    if (await retire.run({ pipelineId: pipeline.id })) {
      setAsking(false);
      again();
    }
  };
  return (
    <>
      <Button onPress={() => setAsking(true)}>
        <Trans>Retire</Trans>
      </Button>
      <Dialog title={t`Retire ${pipeline.name}?`} open={asking} onClose={() => setAsking(false)} asks>
        <p>
          <Trans>
            Its blueprint is offered no more. Its versions are kept, and you can take it up again here. It is
            refused while one of its models is a champion.
          </Trans>
        </p>
        {retire.problem ? <Failed problem={retire.problem} /> : null}
        <Actions>
          <Button onPress={() => setAsking(false)}>
            <Trans>Not now</Trans>
          </Button>
          <Button tone="main" busy={retire.busy} onPress={() => void act()}>
            <Trans>Retire it</Trans>
          </Button>
        </Actions>
      </Dialog>
    </>
  );
}
