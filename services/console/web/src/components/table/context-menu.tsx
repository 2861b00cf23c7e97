import { Menu, MenuContent, MenuList } from "@patternfly/react-core";
import { useCallback, useEffect, useRef, useState, type MouseEvent } from "react";

import { VerbItems, type Verb } from "../verbs";

interface Opened<T> {
  row: T;
  x: number;
  y: number;
}

export interface ContextMenuState<T> {
  opened: Opened<T> | undefined;
  open(event: MouseEvent, row: T): void;
  close(): void;
}

export function useContextMenu<T>(): ContextMenuState<T> {
  const [opened, setOpened] = useState<Opened<T>>();
  const open = useCallback((event: MouseEvent, row: T) => {
    if (event.shiftKey || (event.target as HTMLElement).closest("a, input")) return;
    event.preventDefault();
    setOpened({ row, x: event.clientX, y: event.clientY });
  }, []);
  const close = useCallback(() => setOpened(undefined), []);
  return { opened, open, close };
}

/** The verbs of a row where it was clicked; the browser's own menu comes with Shift, and on links. */
export function ContextMenu<T>({ menu, verbs }: { menu: ContextMenuState<T>; verbs(row: T): readonly Verb[] }) {
  const box = useRef<HTMLDivElement>(null);
  const { opened, close } = menu;
  useEffect(() => {
    if (!opened) return;
    box.current?.querySelector<HTMLElement>("button:not([disabled])")?.focus();
    const leave = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === "Escape" : !box.current?.contains(event.target as Node)) close();
    };
    for (const each of ["pointerdown", "keydown", "wheel"]) document.addEventListener(each, leave);
    return () => {
      for (const each of ["pointerdown", "keydown", "wheel"]) document.removeEventListener(each, leave);
    };
  }, [opened, close]);
  if (!opened) return null;
  const left = Math.min(opened.x, window.innerWidth - 260);
  const top = Math.min(opened.y, window.innerHeight - 280);
  return (
    <div ref={box} className="q-context-menu" style={{ left: `${left}px`, top: `${top}px` }}>
      <Menu onSelect={close}>
        <MenuContent>
          <MenuList>
            <VerbItems verbs={verbs(opened.row)} />
          </MenuList>
        </MenuContent>
      </Menu>
    </div>
  );
}
