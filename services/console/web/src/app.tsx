import { lazy, Suspense, type ComponentType } from "react";
import { Link, matchPath, Route, Routes } from "react-router";

import { useSession } from "./api/session";
import { Empty } from "./components/empty";
import { Page, Waiting } from "./components/page";
import { NotShown } from "./components/refused";
import { ChangePassword } from "./features/session/change-password";
import { SignIn } from "./features/session/sign-in";
import { Frame } from "./features/frame/frame";

type Load = () => Promise<{ default: ComponentType }>;

const page = (path: string, load: Load) => ({ path, load, Shown: lazy(load) });

const PAGES = [
  page("/", () => import("./features/dashboard/dashboard")),
  page("/clusters", () => import("./features/clusters/list")),
  page("/clusters/create", () => import("./features/clusters/create")),
  page("/clusters/:id", () => import("./features/clusters/detail")),
  page("/hosts", () => import("./features/hosts/list")),
  page("/hosts/:id", () => import("./features/hosts/detail")),
  page("/vms", () => import("./features/machines/list")),
  page("/vms/create", () => import("./features/machines/create")),
  page("/vms/:id", () => import("./features/machines/detail")),
  page("/storage/images", () => import("./features/images/list")),
  page("/storage/pools", () => import("./features/pools/list")),
  page("/storage/pools/:id", () => import("./features/pools/detail")),
  page("/networks", () => import("./features/networks/list")),
  page("/networks/create", () => import("./features/networks/create")),
  page("/networks/:id", () => import("./features/networks/detail")),
  page("/operations", () => import("./features/operations/list")),
  page("/events", () => import("./features/events/list")),
  page("/account", () => import("./features/account/account")),
  page("/admin/users", () => import("./features/admin/users")),
  page("/admin/roles", () => import("./features/admin/roles")),
  page("/admin/audit", () => import("./features/admin/audit")),
];

/** Begin to fetch the page of a path, before it is known who is there. */
export function fetchPage(path: string): void {
  // One that cannot be fetched is asked for again, and told of, where it is shown.
  PAGES.find((each) => matchPath(each.path, path))?.load().catch(() => undefined);
}

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
          {PAGES.map(({ path, Shown }) => (
            <Route key={path} path={path} element={<Shown />} />
          ))}
          <Route path="*" element={<Nowhere />} />
        </Routes>
      </Suspense>
    </Frame>
  );
}
