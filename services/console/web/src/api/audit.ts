import { useInfiniteQuery, type InfiniteData } from "@tanstack/react-query";

import type { ListAuditRecordsResponse } from "../gen/quantix/console/v1/audit_record_pb";
import { audit } from "./clients";
import { keys } from "./keys";

export interface AuditFilter {
  actor?: string;
  code?: string;
}

/** What was done through the door and refused at it, newest first, a page at a time. */
export const useAudit = (filter: AuditFilter) => {
  const query = useInfiniteQuery<ListAuditRecordsResponse, Error, InfiniteData<ListAuditRecordsResponse>, readonly string[], string>({
    queryKey: keys.audit(JSON.stringify(filter)),
    queryFn: ({ pageParam, signal }) => audit.listAuditRecords({ ...filter, pageSize: 200, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextPageToken || undefined,
    staleTime: 0,
  });
  return { ...query, records: query.data?.pages.flatMap((page) => page.auditRecords) };
};
