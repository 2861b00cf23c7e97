import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  MenuToggle,
  PageToggleButton,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import MoonIcon from "@patternfly/react-icons/dist/esm/icons/moon-icon";
import SunIcon from "@patternfly/react-icons/dist/esm/icons/sun-icon";
import UserIcon from "@patternfly/react-icons/dist/esm/icons/user-icon";
import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { useConnectionState } from "../../api/live";
import { useInfo } from "../../api/site";
import { useSignOut, type Session } from "../../api/session";
import { StateMark } from "../../components/state-mark";
import type { Shown } from "../../components/state";
import { chooseTheme, isDark } from "../../components/theme";
import { Search } from "./search";

const connection: Record<ReturnType<typeof useConnectionState>, Shown> = {
  live: { tone: "good", word: "Live" },
  connecting: { tone: "busy", word: "Connecting" },
  lost: { tone: "broken", word: "Disconnected" },
};

export function Head({ session }: { session: Session }) {
  const site = useInfo().data?.site;
  return (
    <Masthead display={{ default: "stack", md: "inline" }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" isHamburgerButton aria-label="Navigation" />
        </MastheadToggle>
        <MastheadBrand>
          <Link to="/" className="pf-v6-c-masthead__logo">
            <span className="q-mark">
              <img src="/mark.svg" alt="" width="26" height="26" />
              <strong>Quantix-vDC</strong>
              {site && <span className="q-site">{site}</span>}
            </span>
          </Link>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isFullHeight isStatic>
          <ToolbarContent>
            <ToolbarItem className="q-search-item">
              <Search />
            </ToolbarItem>
            <ToolbarGroup align={{ default: "alignEnd" }} gap={{ default: "gapSm" }}>
              <ToolbarItem className="q-connection">
                <StateMark shown={connection[useConnectionState()]} />
              </ToolbarItem>
              <ToolbarItem>
                <ThemeButton />
              </ToolbarItem>
              <ToolbarItem>
                <Account session={session} />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

function ThemeButton() {
  const [dark, setDark] = useState(isDark);
  const turn = () => {
    chooseTheme(!dark);
    setDark(!dark);
  };
  return (
    <Button
      variant="plain"
      aria-label={dark ? "Use the light theme" : "Use the dark theme"}
      icon={dark ? <SunIcon /> : <MoonIcon />}
      onClick={turn}
    />
  );
}

function Account({ session }: { session: Session }) {
  const [open, setOpen] = useState(false);
  const signOut = useSignOut();
  const go = useNavigate();
  const name = session.displayName.replace(/^user:/, "");
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={open} onClick={() => setOpen(!open)} icon={<UserIcon />} aria-label={`Account ${name}`}>
          <span className="q-account">{name}</span>
        </MenuToggle>
      )}
    >
      <DropdownList>
        <DropdownItem onClick={() => void go("/account")}>Account and API keys</DropdownItem>
        <DropdownItem onClick={() => signOut.mutate()} isDisabled={!session.csrfToken} description={session.csrfToken ? undefined : "This browser came with a key, not with a session."}>
          Sign out
        </DropdownItem>
      </DropdownList>
    </Dropdown>
  );
}
