import { toDate } from "../../components/format";
import { useNow } from "../../components/time";
import { Node_Phase as Phase, type Node } from "../../gen/quantix/node/v1/node_pb";

/** What a host that hears no acknowledgement does by itself, and after how many seconds (detection of 9 s). */
const RUNGS = [
  [6, "takes no new work"],
  [8, "pauses machines"],
  [10, "isolation response"],
  [13, "watchdog resets it"],
] as const;
const SCALE_SECONDS = 16;

/** The self-fence clock: how long a host has been without an acknowledged beat, against its ladder. */
export function FenceClock({ node }: { node: Node }) {
  const now = useNow(1_000);
  const silent = node.phase === Phase.OFFLINE || node.phase === Phase.FENCED || node.stale;
  const last = toDate(node.lastHeartbeatTime);
  const seconds = silent && last ? Math.max(0, (now.getTime() - last.getTime()) / 1000) : 0;
  const passed = RUNGS.findLast(([after]) => seconds >= after);
  const words = !last
    ? "It has never beaten."
    : !silent
      ? "Its session lives: every beat is acknowledged in time."
      : passed
        ? `${Math.floor(seconds)} s without an acknowledged beat: by now it ${passed[1]}.`
        : `${Math.floor(seconds)} s without an acknowledged beat.`;
  return (
    <div className="q-fence">
      <div>{words}</div>
      <div className="q-fence-scale">
        <div
          className="q-bar"
          role="meter"
          aria-label="Time since the last acknowledged beat"
          aria-valuemin={0}
          aria-valuemax={SCALE_SECONDS}
          aria-valuenow={Math.min(SCALE_SECONDS, Math.round(seconds))}
          aria-valuetext={words}
        >
          <div className="q-bar-used q-bar-broken" style={{ width: `${Math.min(100, (seconds * 100) / SCALE_SECONDS)}%` }} />
        </div>
        {RUNGS.map(([after, what]) => (
          <span key={after} className="q-rung" style={{ insetInlineStart: `${(after * 100) / SCALE_SECONDS}%` }} title={`${after} s: ${what}`}>
            {after} s
          </span>
        ))}
      </div>
    </div>
  );
}
