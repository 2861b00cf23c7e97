import { isRunning, useCancelOperation, useOperations } from "../../api/operations";
import { ProgressBar } from "../../components/bar";
import { Copy } from "../../components/copy";
import { DataTable, type Columns } from "../../components/table/data-table";
import { Empty } from "../../components/empty";
import { bytes, idOf, UNKNOWN, words } from "../../components/format";
import { Page } from "../../components/page";
import { Refused } from "../../components/refused";
import { operationState } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { Subject } from "../../components/subject";
import { When } from "../../components/time";
import type { Operation } from "../../gen/quantix/operation/v1/operation_pb";

function Stage({ operation }: { operation: Operation }) {
  const { error, stage, message, progressPercent, bytesDone, bytesTotal } = operation;
  if (error)
    return (
      <>
        <div>{error.message}</div>
        <Copy text={error.reason} label="reason code" />
      </>
    );
  if (!isRunning(operation)) return <>{message || UNKNOWN}</>;
  return (
    <>
      <div className="q-quiet">
        {message || stage} {bytesDone !== undefined && `${bytes(bytesDone)} of ${bytes(bytesTotal)}`}
      </div>
      <ProgressBar percent={progressPercent} label={stage || operation.verb} />
    </>
  );
}

const columns: Columns<Operation> = [
  { title: "What", text: ({ verb }) => verb, cell: ({ verb }) => words(verb) },
  { title: "On", text: ({ target }) => target, cell: ({ target }) => <Subject name={target} /> },
  {
    title: "State",
    glows: true,
    text: ({ state }) => operationState(state).word,
    cell: ({ state, stalled }) => (
      <>
        <StateMark shown={operationState(state)} /> {stalled && <StateMark shown={{ tone: "attention", word: "Stalled" }} />}
      </>
    ),
  },
  { title: "Progress", text: ({ stage, message, error }) => `${stage} ${message} ${error?.reason ?? ""}`, cell: (row) => <Stage operation={row} /> },
  { title: "By", text: ({ requester }) => requester, cell: ({ requester }) => requester },
  { title: "Asked", text: ({ createTime }) => createTime?.seconds ?? 0n, cell: ({ createTime }) => <When time={createTime} /> },
  { title: "Ended", text: ({ endTime }) => endTime?.seconds ?? 0n, cell: ({ endTime }) => <When time={endTime} /> },
];

const nameOf = ({ name }: Operation) => name;

export default function OperationList() {
  const operations = useOperations();
  const cancel = useCancelOperation();
  return (
    <Page title="Operations" description="The newest 200.">
      <Refused error={cancel.error} title="Not cancelled" />
      <DataTable
        label="Operations"
        rows={operations.data}
        rowKey={nameOf}
        columns={columns}
        title={(row) => `${row.verb} ${idOf(row.target)}`}
        verbs={(row) => [
          { text: "Cancel", needs: "operation.cancel", act: () => cancel.mutate(row.name), not: isRunning(row) ? undefined : "It has ended." },
        ]}
        error={operations.error}
        retry={() => void operations.refetch()}
        empty={<Empty title="No operation yet">Long work, such as creating a machine, shows here with its progress.</Empty>}
      />
    </Page>
  );
}
