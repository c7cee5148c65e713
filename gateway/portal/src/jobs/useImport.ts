import { t } from "@lingui/core/macro";
import { useEffect, useRef, useState } from "react";
import { StageUploadDocument, StartImportDocument, type StartImportInput } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import type { Problem } from "../api/problem";
import { type Sending, send } from "./send";
import { sizeOf } from "./sizes";

interface Import {
  /** Of the file that is sent, 0 to 1; null while nothing is on its way. */
  share: number | null;
  busy: boolean;
  problem: Problem | null;
  /** The id of the job that began, or null: `problem` says why, unless it was stopped. */
  run: (file: File, asked: Omit<StartImportInput, "uploadId" | "idempotencyKey">) => Promise<string | null>;
  stop: () => void;
}

/** Asks for an address, sends the file there and begins its import. A file that arrived is not sent again. */
export function useImport(): Import {
  const stage = useAct(StageUploadDocument);
  const begin = useAct(StartImportDocument);
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const sending = useRef<Sending | null>(null);
  const arrived = useRef<{ file: File; id: string } | null>(null);
  const left = useRef(false);

  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
      sending.current?.stop();
    };
  }, []);

  const onItsWay = share !== null;
  useEffect(() => {
    if (!onItsWay) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [onItsWay]);

  /** The id of the upload whose file is there. */
  async function upload(file: File): Promise<string | null> {
    if (arrived.current?.file === file) return arrived.current.id;
    const staged = await stage.run({});
    if (!staged || left.current) return null;
    if (file.size > staged.maxBytes) {
      setProblem({ code: "FILE_TOO_LARGE", message: tooLarge(file.size, staged.maxBytes), field: null });
      return null;
    }
    setShare(0);
    sending.current = send(staged.url, file, setShare);
    const sent = await sending.current.end;
    sending.current = null;
    setShare(null);
    if (sent === "whole") {
      arrived.current = { file, id: staged.upload.id };
      return staged.upload.id;
    }
    if (sent !== "stopped") setProblem(sent);
    return null;
  }

  async function run(file: File, asked: Omit<StartImportInput, "uploadId" | "idempotencyKey">) {
    setProblem(null);
    begin.forget();
    const uploadId = await upload(file);
    if (!uploadId || left.current) return null;
    const job = await begin.run({ ...asked, uploadId });
    return job?.id ?? null;
  }

  return {
    share,
    busy: stage.busy || begin.busy || onItsWay,
    problem: problem ?? stage.problem ?? begin.problem,
    run,
    stop: () => sending.current?.stop(),
  };
}

function tooLarge(bytes: number, most: number): string {
  const size = sizeOf(bytes);
  const limit = sizeOf(most);
  return t`The file has ${size}; at most ${limit} may be sent. Cut it into several files.`;
}
