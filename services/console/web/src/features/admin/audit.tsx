import { Button, FormSelect, FormSelectOption, ToolbarItem } from "@patternfly/react-core";
import { useState } from "react";

import { useAudit } from "../../api/audit";
import { Copy } from "../../components/copy";
import { plural, UNKNOWN } from "../../components/format";
import { Page } from "../../components/page";
import { StateMark } from "../../components/state-mark";
import { Subject } from "../../components/subject";
import { DataTable, type Columns } from "../../components/table/data-table";
import { When } from "../../components/time";
import type { AuditRecord } from "../../gen/quantix/console/v1/audit_record_pb";

const CODES = [
  ["", "Everything"],
  ["OK", "Done"],
  ["PERMISSION_DENIED", "Permission denied"],
  ["UNAUTHENTICATED", "Not signed in"],
] as const;

const dash = <span className="q-unknown">{UNKNOWN}</span>;
/** "/quantix.vm.v1.VirtualMachineService/StartVirtualMachine" as "StartVirtualMachine". */
const verbOf = (method: string) => (method.startsWith("/quantix.") ? method.slice(method.lastIndexOf("/") + 1) : method);

const columns: Columns<AuditRecord> = [
  { title: "When", text: ({ id }) => id, cell: ({ time }) => <When time={time} /> },
  { title: "Who", text: ({ actor }) => actor, cell: ({ actor }) => actor || dash },
  { title: "From", text: ({ address }) => address, cell: ({ address }) => address || dash },
  { title: "What", text: ({ method }) => verbOf(method), cell: ({ method, lostCount }) => (lostCount ? `${plural(Number(lostCount), "record")} are missing here` : <span title={method}>{verbOf(method)}</span>) },
  { title: "On", text: ({ object }) => object, cell: ({ object }) => (object ? <Subject name={object} /> : dash) },
  {
    title: "Outcome",
    text: ({ code, reason }) => `${code} ${reason}`,
    cell: ({ code, reason }) => <StateMark shown={code === "OK" ? { tone: "good", word: "Done" } : { tone: "attention", word: reason || code }} />,
  },
  { title: "Request", extra: true, cell: ({ requestId }) => (requestId ? <Copy text={requestId} label="request id" shorten={8} /> : dash) },
];
const idOfRecord = ({ id }: AuditRecord) => String(id);

export default function AuditPage() {
  const [code, setCode] = useState("");
  const { records, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage, isFetching } = useAudit(code ? { code } : {});
  return (
    <Page
      title="Audit"
      description="What was changed through the door, and what it refused."
      actions={
        <Button variant="secondary" isLoading={isFetching} onClick={() => void refetch()}>
          Read again
        </Button>
      }
    >
      <DataTable
        label="Audit records"
        rows={records}
        rowKey={idOfRecord}
        columns={columns}
        error={error}
        retry={() => void refetch()}
        filters={
          <ToolbarItem>
            <FormSelect aria-label="Outcome" value={code} onChange={(_event, value) => setCode(value)}>
              {CODES.map(([value, text]) => (
                <FormSelectOption key={value} value={value} label={text} />
              ))}
            </FormSelect>
          </ToolbarItem>
        }
        empty={<p className="q-none">Nothing of that kind is recorded.</p>}
      />
      {hasNextPage && (
        <Button variant="link" isLoading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show older records
        </Button>
      )}
    </Page>
  );
}
