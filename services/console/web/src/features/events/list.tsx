import { Button } from "@patternfly/react-core";

import { useEvents } from "../../api/events";
import { DataTable, type Columns } from "../../components/table/data-table";
import { Empty } from "../../components/empty";
import { words } from "../../components/format";
import { Page } from "../../components/page";
import { severity } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { Subject } from "../../components/subject";
import { When } from "../../components/time";
import type { Event } from "../../gen/quantix/event/v1/event_pb";

const columns: Columns<Event> = [
  { title: "When", text: ({ time }) => time?.seconds ?? 0n, cell: ({ time }) => <When time={time} /> },
  { title: "Severity", text: (row) => severity(row.severity).word, cell: (row) => <StateMark shown={severity(row.severity)} /> },
  { title: "What", text: ({ kind }) => kind, cell: ({ kind }) => words(kind) },
  { title: "On", text: ({ subject }) => subject, cell: ({ subject }) => <Subject name={subject} /> },
  { title: "Text", text: ({ text }) => text, cell: ({ text }) => text },
  { title: "By", text: ({ actor }) => actor, cell: ({ actor }) => actor },
];

const idOfEvent = ({ id }: Event) => id;

export default function EventList() {
  const { events, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useEvents();
  return (
    <Page title="Events">
      <DataTable
        label="Events"
        rows={events}
        rowKey={idOfEvent}
        columns={columns}
        error={error}
        retry={() => void refetch()}
        empty={<Empty title="Nothing has happened yet">What happens at the site shows here as it happens.</Empty>}
      />
      {hasNextPage && (
        <Button variant="link" isLoading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show older events
        </Button>
      )}
    </Page>
  );
}
