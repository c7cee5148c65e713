/** Whether the gateway can be reached: one small store that requests and the socket report to. */

type Listener = () => void;

const listeners = new Set<Listener>();
const state = { requests: true, socket: true };
let reachable = true;

function settle(): void {
  const next = state.requests && state.socket;
  if (next === reachable) return;
  reachable = next;
  for (const listener of listeners) listener();
}

export const connection = {
  report(part: keyof typeof state, works: boolean): void {
    state[part] = works;
    settle();
  },
  reachable: (): boolean => reachable,
  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
