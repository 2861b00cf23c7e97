import { useEvents, type EventFilter } from "../api/events";
import { When } from "./time";
import { NotShown } from "./refused";
import { severity } from "./state";
import { StateMark } from "./state-mark";
import { Waiting } from "./page";

/** The newest events of something, as lines. */
export function EventLines({ filter = {}, most = 100 }: { filter?: EventFilter; most?: number }) {
  const { events, error, refetch } = useEvents(filter);
  if (!events && error) return <NotShown error={error} title="Events cannot be shown" retry={() => void refetch()} />;
  if (!events) return <Waiting label="Loading events" />;
  if (events.length === 0) return <p className="q-none">Nothing has happened yet.</p>;
  return (
    <ul className="q-events">
      {events.slice(0, most).map((each) => (
        <li key={each.id}>
          <StateMark shown={severity(each.severity)} />
          <span>{each.text || each.kind}</span>
          <When time={each.time} />
        </li>
      ))}
    </ul>
  );
}
