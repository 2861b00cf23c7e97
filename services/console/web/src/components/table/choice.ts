/** Which columns a person chose to see, remembered in this browser. */
import { useState } from "react";

import type { Columns } from "./column";

const key = (label: string) => `qvdc.columns.${label.toLowerCase()}`;

function remembered(label: string): Record<string, boolean> {
  try {
    return JSON.parse(localStorage.getItem(key(label)) ?? "{}") as Record<string, boolean>;
  } catch {
    return {};
  }
}

export interface ColumnChoice<T> {
  shown: Columns<T>;
  isShown(title: string): boolean;
  toggle(title: string): void;
}

export function useColumnChoice<T>(label: string, columns: Columns<T>): ColumnChoice<T> {
  const [chosen, setChosen] = useState(() => remembered(label));
  const isShown = (title: string) => chosen[title] ?? !columns.find((each) => each.title === title)?.extra;
  const toggle = (title: string) => {
    const next = { ...chosen, [title]: !isShown(title) };
    localStorage.setItem(key(label), JSON.stringify(next));
    setChosen(next);
  };
  return { shown: columns.filter(({ title }) => isShown(title)), isShown, toggle };
}
