import { lazy, Suspense } from "react";
import { Link, Route, Routes } from "react-router";

import { useSession } from "./api/session";
import { Empty } from "./components/empty";
import { Page, Waiting } from "./components/page";
import { NotShown } from "./components/refused";
import { ChangePassword } from "./features/session/change-password";
import { SignIn } from "./features/session/sign-in";
import { Frame } from "./features/frame/frame";

const Dashboard = lazy(() => import("./features/dashboard/dashboard"));
const ClusterList = lazy(() => import("./features/clusters/list"));
const CreateCluster = lazy(() => import("./features/clusters/create"));
const ClusterPage = lazy(() => import("./features/clusters/detail"));
const HostList = lazy(() => import("./features/hosts/list"));
const HostPage = lazy(() => import("./features/hosts/detail"));
const MachineList = lazy(() => import("./features/machines/list"));
const CreateMachine = lazy(() => import("./features/machines/create"));
const MachinePage = lazy(() => import("./features/machines/detail"));
const ImageList = lazy(() => import("./features/images/list"));
const PoolList = lazy(() => import("./features/pools/list"));
const PoolPage = lazy(() => import("./features/pools/detail"));
const NetworkList = lazy(() => import("./features/networks/list"));
const CreateNetwork = lazy(() => import("./features/networks/create"));
const NetworkPage = lazy(() => import("./features/networks/detail"));
const AccountPage = lazy(() => import("./features/account/account"));
const UserList = lazy(() => import("./features/admin/users"));
const RoleList = lazy(() => import("./features/admin/roles"));
const AuditPage = lazy(() => import("./features/admin/audit"));
const OperationList = lazy(() => import("./features/operations/list"));
const EventList = lazy(() => import("./features/events/list"));

function Nowhere() {
  return (
    <Page title="No such page">
      <Empty title="There is no page here" action={<Link to="/">Go to the dashboard</Link>}>
        The address may be misspelt, or what it showed has been deleted.
      </Empty>
    </Page>
  );
}

export function App() {
  const session = useSession();
  if (session.isError)
    return <NotShown error={session.error} title="The site does not answer" retry={() => void session.refetch()} />;
  if (session.data === undefined) return <Waiting label="Loading the console" />;
  if (session.data === null) return <SignIn />;
  if (session.data.passwordChangeRequired) return <ChangePassword />;
  return (
    <Frame session={session.data}>
      <Suspense fallback={<Waiting label="Loading the page" />}>
        <Routes>
          <Route path="/" element={<Dashboard />} />
          <Route path="/clusters" element={<ClusterList />} />
          <Route path="/clusters/create" element={<CreateCluster />} />
          <Route path="/clusters/:id" element={<ClusterPage />} />
          <Route path="/hosts" element={<HostList />} />
          <Route path="/hosts/:id" element={<HostPage />} />
          <Route path="/vms" element={<MachineList />} />
          <Route path="/vms/create" element={<CreateMachine />} />
          <Route path="/vms/:id" element={<MachinePage />} />
          <Route path="/storage/images" element={<ImageList />} />
          <Route path="/storage/pools" element={<PoolList />} />
          <Route path="/storage/pools/:id" element={<PoolPage />} />
          <Route path="/networks" element={<NetworkList />} />
          <Route path="/networks/create" element={<CreateNetwork />} />
          <Route path="/networks/:id" element={<NetworkPage />} />
          <Route path="/operations" element={<OperationList />} />
          <Route path="/events" element={<EventList />} />
          <Route path="/account" element={<AccountPage />} />
          <Route path="/admin/users" element={<UserList />} />
          <Route path="/admin/roles" element={<RoleList />} />
          <Route path="/admin/audit" element={<AuditPage />} />
          <Route path="*" element={<Nowhere />} />
        </Routes>
      </Suspense>
    </Frame>
  );
}
