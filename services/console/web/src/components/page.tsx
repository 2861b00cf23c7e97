import { Breadcrumb, BreadcrumbItem, Content, Flex, FlexItem, PageSection, Title } from "@patternfly/react-core";
import { useEffect, type ReactNode } from "react";
import { Link } from "react-router";

export interface Crumb {
  text: string;
  to: string;
}

interface PageProps {
  title: string;
  crumbs?: readonly Crumb[];
  state?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page: breadcrumb, title with state, the verbs on the right, and what it shows. */
export function Page({ title, crumbs = [], state, description, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Quantix-vDC`;
  }, [title]);
  return (
    <>
      <PageSection className="q-page-head" hasBodyWrapper={false}>
        {crumbs.length > 0 && (
          <Breadcrumb>
            {crumbs.map(({ text, to }) => (
              <BreadcrumbItem key={to} render={({ className }) => <Link className={className} to={to}>{text}</Link>} />
            ))}
            <BreadcrumbItem isActive>{title}</BreadcrumbItem>
          </Breadcrumb>
        )}
        <Flex alignItems={{ default: "alignItemsCenter" }} className="q-page-title">
          <FlexItem>
            <Title headingLevel="h1" size="2xl">
              {title}
            </Title>
          </FlexItem>
          {state && <FlexItem>{state}</FlexItem>}
          <FlexItem align={{ default: "alignRight" }}>{actions}</FlexItem>
        </Flex>
        {description && <Content component="p">{description}</Content>}
      </PageSection>
      <PageSection hasBodyWrapper={false} isFilled className="q-page-body">
        {children}
      </PageSection>
    </>
  );
}

/** Rows shaped like what comes. */
export function Waiting({ rows = 5, label }: { rows?: number; label: string }) {
  return (
    <div className="q-waiting" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        <div className="q-waiting-row" key={row} />
      ))}
    </div>
  );
}
