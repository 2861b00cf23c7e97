import { Label, LabelGroup } from "@patternfly/react-core";

import { useRoles } from "../../api/users";
import { titleOf } from "../../components/format";
import { Page } from "../../components/page";
import { DataTable, type Columns } from "../../components/table/data-table";
import type { Role } from "../../gen/quantix/console/v1/role_pb";

const columns: Columns<Role> = [
  { title: "Name", text: titleOf, cell: titleOf },
  { title: "For", text: ({ description }) => description ?? "", cell: ({ description }) => description },
  {
    title: "May",
    text: ({ permissions }) => permissions.join(" "),
    cell: ({ permissions }) => (
      <LabelGroup aria-label="Permissions" numLabels={6}>
        {permissions.map((each) => (
          <Label key={each} isCompact variant="outline">
            {each === "*" ? "everything" : each}
          </Label>
        ))}
      </LabelGroup>
    ),
  },
  { title: "From", text: ({ builtIn }) => String(builtIn), cell: ({ builtIn }) => (builtIn ? "The product" : "This site") },
];
const nameOf = ({ name }: Role) => name;

export default function RoleList() {
  const roles = useRoles();
  return (
    <Page title="Roles" description="What people may do. Each call needs one permission, noun.verb; the service that owns the noun enforces it.">
      <DataTable
        label="Roles"
        rows={roles.data}
        rowKey={nameOf}
        columns={columns}
        error={roles.error}
        retry={() => void roles.refetch()}
        empty={<p className="q-none">There is no role.</p>}
      />
    </Page>
  );
}
