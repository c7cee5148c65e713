/** Where a key moves the cursor: one point, ten with Shift, or an end; null for other keys. */
export function stepped(
  event: { key: string; shiftKey: boolean },
  index: number | null,
  points: number,
): number | null {
  if (points === 0) return null;
  const step = event.shiftKey ? 10 : 1;
  const here = index ?? (event.key === "ArrowLeft" ? points : -1);
  const last = points - 1;
  switch (event.key) {
    case "ArrowRight":
      return Math.min(last, here + step);
    case "ArrowLeft":
      return Math.max(0, here - step);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}
