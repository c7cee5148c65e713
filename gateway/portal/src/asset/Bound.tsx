import { Trans } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { count } from "../ui/format";
import { Notice } from "../ui/Status";
import type { AssetData } from "./Asset";

/** While the model is not the asset's own: whose it is, and when its own comes. */
export function Bound({ asset }: { asset: Pick<AssetData, "binding" | "deployment"> }) {
  const { binding, deployment } = asset;
  const lender = deployment?.champion?.lineage.borrowedFrom;
  if (!lender && (!binding || binding.state === "OWN")) return null;
  return (
    <Notice tone={lender ? "silent" : "plain"}>
      {lender ? (
        <p>
          <Trans>
            The model that answers is borrowed from{" "}
            <Link href={`/assets/${encodeURIComponent(lender.key)}`}>{lender.title}</Link> and adapted to the
            first rows of this machine. Take its scores as a hint.
          </Trans>
        </p>
      ) : null}
      {binding && binding.state !== "OWN" ? (
        <p>
          {binding.state === "BORROWED" && binding.trainAt !== null ? (
            <Trans>
              {count(binding.rows)} of {count(binding.trainAt)} rows have come; then it gets its own.
            </Trans>
          ) : (
            binding.message
          )}{" "}
          <Link href={`/rules/${encodeURIComponent(binding.rule.id)}`}>
            <Trans>The rule</Trans>
          </Link>
        </p>
      ) : null}
    </Notice>
  );
}
