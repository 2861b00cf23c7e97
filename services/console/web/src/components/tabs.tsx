import { Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router";

export interface TabPage {
  id: string;
  title: string;
  content(): ReactNode;
}

/** Tabs whose choice is in the address; only the chosen one is made. */
export function UrlTabs({ pages, label }: { pages: readonly TabPage[]; label: string }) {
  const [params, setParams] = useSearchParams();
  const chosen = pages.find(({ id }) => id === params.get("tab")) ?? pages[0]!;
  return (
    <>
      <Tabs activeKey={chosen.id} aria-label={label} onSelect={(_event, id) => setParams({ tab: String(id) })}>
        {pages.map(({ id, title }) => (
          <Tab key={id} eventKey={id} title={<TabTitleText>{title}</TabTitleText>} tabContentId={`tab-${id}`} />
        ))}
      </Tabs>
      <section id={`tab-${chosen.id}`} role="tabpanel" aria-label={chosen.title} className="q-tab">
        {chosen.content()}
      </section>
    </>
  );
}
