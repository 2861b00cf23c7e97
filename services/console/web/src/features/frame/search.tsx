import { Menu, MenuContent, MenuItem, MenuList, Popper, SearchInput } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";

import { useSearchable, type Found } from "../../api/search";

/** Finds anything by name, id or address. `/` focuses it. */
export function Search() {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const go = useNavigate();
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const within = (event.target as HTMLElement).closest("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || within) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);
  const leave = () => {
    setOpen(false);
    setText("");
  };
  const choose = (found: Found) => {
    leave();
    void go(found.to);
  };
  return (
    <div ref={box} onKeyDown={(event) => event.key === "Escape" && leave()}>
      <SearchInput
        ref={input}
        aria-label="Search the site"
        placeholder="Search ( / )"
        value={text}
        onChange={(_event, value) => {
          setText(value);
          setOpen(value !== "");
        }}
        onClear={leave}
      />
      <Popper
        triggerRef={box}
        isVisible={open}
        popper={open ? <Results text={text} choose={choose} /> : <div />}
        appendTo={() => box.current ?? document.body}
      />
    </div>
  );
}

function Results({ text, choose }: { text: string; choose(found: Found): void }) {
  const { found, searching } = useSearchable(text);
  return (
    <Menu className="q-results" onSelect={(_event, id) => found[Number(id)] && choose(found[Number(id)]!)}>
      <MenuContent>
        <MenuList>
          {found.map((each, index) => (
            <MenuItem key={each.to} itemId={index} description={each.what}>
              {each.title}
            </MenuItem>
          ))}
          {found.length === 0 && <MenuItem isDisabled>{searching ? "Searching…" : "Nothing found"}</MenuItem>}
        </MenuList>
      </MenuContent>
    </Menu>
  );
}
