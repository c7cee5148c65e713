import { t } from "@lingui/core/macro";
import type { Problem } from "../api/problem";

export type Sent = "whole" | "stopped" | Problem;

export interface Sending {
  /** How it ended; it never rejects. */
  end: Promise<Sent>;
  stop: () => void;
}

/** Sends a file to its staged address. By XMLHttpRequest, since `fetch` does not tell how much of a body is sent. */
export function send(url: string, file: File, onShare: (share: number) => void): Sending {
  const request = new XMLHttpRequest();
  const end = new Promise<Sent>((resolve) => {
    request.upload.onprogress = ({ loaded, total }) => onShare(total > 0 ? loaded / total : 0);
    request.onload = () => resolve(request.status === 200 ? "whole" : refused(request.responseText));
    request.onabort = () => resolve("stopped");
    request.onerror = () => resolve(broken());
  });
  request.open("PUT", url);
  request.send(file);
  return { end, stop: () => request.abort() };
}

/** The gateway's own words. What stands between it and the browser may answer with anything. */
function refused(body: string): Problem {
  try {
    const { code, message } = JSON.parse(body) as Partial<Problem>;
    if (code && message) return { code, message, field: null };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return broken();
}

function broken(): Problem {
  return {
    code: "UPLOAD_BROKE_OFF",
    message: t`The file did not arrive whole: the connection broke off. Nothing was imported. Check the network, then try again.`,
    field: null,
  };
}
