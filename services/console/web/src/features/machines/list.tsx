import { LinkButton } from "../../components/link-button";
import { Page } from "../../components/page";
import { MachineTable } from "./machine-table";

export default function MachineList() {
  return (
    <Page title="Virtual machines" actions={<LinkButton to="/vms/create">Create machine</LinkButton>}>
      <MachineTable />
    </Page>
  );
}
