import { Trans } from "@lingui/react/macro";
import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { Fleet } from "../fleet/Fleet";
import { LinkButton } from "../ui/Button";
import { Empty, Skeleton } from "../ui/Status";

const Asset = lazy(() => import("../asset/Asset"));
const Retrain = lazy(() => import("../retrain/Retrain"));
const RetrainMany = lazy(() => import("../retrain/RetrainMany"));
const Runs = lazy(() => import("../runs/Runs"));
const Calibration = lazy(() => import("../runs/Calibration"));
const Run = lazy(() => import("../runs/Run"));
const Rollouts = lazy(() => import("../rollouts/Rollouts"));
const Rollout = lazy(() => import("../rollouts/Rollout"));
const StartRollout = lazy(() => import("../rollouts/StartRollout"));
const Shadows = lazy(() => import("../shadows/Shadows"));
const Jobs = lazy(() => import("../jobs/Jobs"));
const Job = lazy(() => import("../jobs/Job"));
const ImportRows = lazy(() => import("../jobs/ImportRows"));
const ExportRows = lazy(() => import("../jobs/ExportRows"));
const Capsules = lazy(() => import("../capsules/Capsules"));
const Capsule = lazy(() => import("../capsules/Capsule"));
const Rules = lazy(() => import("../bindings/Rules"));
const Rule = lazy(() => import("../bindings/Rule"));
const NewRule = lazy(() => import("../bindings/NewRule"));
const Plans = lazy(() => import("../retraining/Plans"));
const Plan = lazy(() => import("../retraining/Plan"));
const NewPlan = lazy(() => import("../retraining/NewPlan"));
const Case = lazy(() => import("../alarms/Case"));
const Alarms = lazy(() => import("../alarms/Alarms"));
const Changes = lazy(() => import("../events/Changes"));
const Loops = lazy(() => import("../loops/Loops"));
const Quarantine = lazy(() => import("../quarantine/Quarantine"));
const Audit = lazy(() => import("../audit/Audit"));
const Sessions = lazy(() => import("../sessions/Sessions"));
const Webhooks = lazy(() => import("../webhooks/Webhooks"));
const Webhook = lazy(() => import("../webhooks/Webhook"));
const Lines = lazy(() => import("../lines/Lines"));
const Plugins = lazy(() => import("../plugins/Plugins"));
const Pipelines = lazy(() => import("../pipelines/Pipelines"));
const Pipeline = lazy(() => import("../pipelines/Pipeline"));
const Edges = lazy(() => import("../edges/Edges"));
const MapTags = lazy(() => import("../edges/MapTags"));
const Notifications = lazy(() => import("../notifications/Notifications"));
const Explorer = lazy(() => import("../explorer/Explorer"));
const Workbench = lazy(() => import("../workbench/Workbench"));
const Access = lazy(() => import("../admin/Access"));

/** Which address shows which screen. Only the fleet is part of the first load. */
export function Pages() {
  return (
    <Suspense fallback={<Skeleton lines={6} />}>
      <Switch>
        <Route path="/">
          <Fleet />
        </Route>
        <Route path="/assets/:key">{({ key }) => <Asset key={key} assetKey={key} />}</Route>
        <Route path="/assets/:key/retrain">{({ key }) => <Retrain key={key} assetKey={key} />}</Route>
        <Route path="/retrain">
          <RetrainMany />
        </Route>
        <Route path="/cases/:id">{({ id }) => <Case key={id} id={id} />}</Route>
        <Route path="/runs">
          <Runs />
        </Route>
        <Route path="/runs/verdicts">
          <Calibration />
        </Route>
        <Route path="/runs/:id">{({ id }) => <Run key={id} id={id} />}</Route>
        <Route path="/rollouts">
          <Rollouts />
        </Route>
        <Route path="/rollouts/new">
          <StartRollout />
        </Route>
        <Route path="/rollouts/:id">{({ id }) => <Rollout key={id} id={id} />}</Route>
        <Route path="/shadows">
          <Shadows />
        </Route>
        <Route path="/jobs">
          <Jobs />
        </Route>
        <Route path="/jobs/import">
          <ImportRows />
        </Route>
        <Route path="/jobs/export">
          <ExportRows />
        </Route>
        <Route path="/jobs/:id">{({ id }) => <Job key={id} id={id} />}</Route>
        <Route path="/capsules">
          <Capsules />
        </Route>
        <Route path="/capsules/:id">{({ id }) => <Capsule key={id} id={id} />}</Route>
        <Route path="/rules">
          <Rules />
        </Route>
        <Route path="/rules/new">
          <NewRule />
        </Route>
        <Route path="/rules/:id">{({ id }) => <Rule key={id} id={id} />}</Route>
        <Route path="/plans">
          <Plans />
        </Route>
        <Route path="/plans/new">
          <NewPlan />
        </Route>
        <Route path="/plans/:id">{({ id }) => <Plan key={id} id={id} />}</Route>
        <Route path="/lines">
          <Lines />
        </Route>
        <Route path="/alarms">
          <Alarms />
        </Route>
        <Route path="/changes">
          <Changes />
        </Route>
        <Route path="/loops">
          <Loops />
        </Route>
        <Route path="/plugins">
          <Plugins />
        </Route>
        <Route path="/pipelines">
          <Pipelines />
        </Route>
        <Route path="/pipelines/:id">{({ id }) => <Pipeline key={id} id={id} />}</Route>
        <Route path="/edges">
          <Edges />
        </Route>
        <Route path="/edges/:edge/:source">
          {({ edge, source }) => <MapTags key={`${edge} ${source}`} edge={edge} source={source} />}
        </Route>
        <Route path="/quarantine">
          <Quarantine />
        </Route>
        <Route path="/sessions">
          <Sessions />
        </Route>
        <Route path="/webhooks">
          <Webhooks />
        </Route>
        <Route path="/webhooks/:id">{({ id }) => <Webhook key={id} id={id} />}</Route>
        <Route path="/notifications">
          <Notifications />
        </Route>
        <Route path="/explorer">
          <Explorer />
        </Route>
        <Route path="/workbench">
          <Workbench />
        </Route>
        <Route path="/access">
          <Access />
        </Route>
        <Route path="/audit">
          <Audit />
        </Route>
        <Route>
          <Empty title={<Trans>There is no such page</Trans>}>
            <LinkButton href="/">
              <Trans>Go to the fleet</Trans>
            </LinkButton>
          </Empty>
        </Route>
      </Switch>
    </Suspense>
  );
}
