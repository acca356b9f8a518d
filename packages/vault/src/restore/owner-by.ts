import type { RestoreRequest } from '../restore.ts'

/** User and group by number, as a file system keeps them. */
export type Owner = { readonly uid: number; readonly gid: number }

/** The owner that an entry gets, undefined for whoever restores. */
export function ownerBy({
  owners,
  mapOwner,
}: Pick<RestoreRequest, 'owners' | 'mapOwner'>): (entry: Owner) => Owner | undefined {
  return ({ uid, gid }) => (owners ? (mapOwner?.({ uid, gid }) ?? { uid, gid }) : undefined)
}
