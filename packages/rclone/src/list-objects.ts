import { randomBytes } from 'node:crypto'
import { HoldfastError } from '@holdfast/domain'
import type { CallOptions, ObjectInfo } from '@holdfast/vault/ports'
import { z } from 'zod'
import type { RcloneClient } from './client.ts'
import { type Attempt, answerError, saysFolderMissing, unknownAnswer } from './errors.ts'

/**
 * One listing of everything below a folder, whole or an error. Two traps are closed here: rclone lists a folder that
 * it may not read as empty and only counts the error; and a subfolder that goes away meanwhile looks like the missing
 * folder itself.
 */
export async function listObjects(
  client: RcloneClient,
  fs: string,
  folder: string,
  { signal }: CallOptions,
): Promise<ObjectInfo[]> {
  const attempt = { doing: folder === '' ? 'list everything' : `list ${folder}`, fs }
  const group = `holdfast-list/${randomBytes(8).toString('hex')}`
  const opt = { recurse: true, filesOnly: true, noMimeType: true }
  const options = { attempt, signal, repeatable: true }
  const answer = await client.callRaw('operations/list', { fs, remote: folder, opt, _group: group }, options)
  if (answer.status !== 200) {
    const gone = saysFolderMissing(answer.status, answer.body)
    if (gone && (await isFolderMissing(client, fs, folder, { signal }))) return []
    const error = answerError(answer.status, answer.body, attempt)
    if (error.code !== 'OBJECT_MISSING') throw error
    const changed = `Could not ${attempt.doing} on "${fs}": it changed meanwhile.`
    throw new HoldfastError('REMOTE_UNREACHABLE', changed, { cause: error })
  }
  const stats = await client.call('core/stats', { group }, Stats, options)
  await client.call('core/stats-delete', { group }, z.object({}), options)
  if (stats.errors > 0)
    throw answerError(500, JSON.stringify({ error: stats.lastError ?? 'a part can not be read' }), attempt)
  return parseList(answer.body, attempt)
}

/** One object as rclone lists it. */
export const Item = z
  .object({
    Path: z.string(),
    Size: z.int(),
    ModTime: z.string().optional(),
    IsDir: z.boolean().default(false),
  })
  .transform((item) => {
    const time = item.ModTime === undefined ? Number.NaN : Date.parse(item.ModTime)
    const info: ObjectInfo = {
      key: item.Path,
      size: item.Size,
      modifiedAtMs: Number.isNaN(time) ? undefined : time,
    }
    return { isDir: item.IsDir, info }
  })

const List = z.object({ list: z.array(Item).nullish() })
const Stats = z.object({ errors: z.int().default(0), lastError: z.string().optional() })

async function isFolderMissing(
  client: RcloneClient,
  fs: string,
  folder: string,
  { signal }: CallOptions,
): Promise<boolean> {
  const parameters = { fs, remote: folder, opt: { noModTime: true, noMimeType: true } }
  const answer = await client.callRaw('operations/list', parameters, { signal, repeatable: true })
  return answer.status !== 200 && saysFolderMissing(answer.status, answer.body)
}

function parseList(body: string, attempt: Attempt): ObjectInfo[] {
  const parsed = List.safeParse(JSON.parse(body))
  if (!parsed.success) throw unknownAnswer(attempt, parsed.error.issues[0]?.path.join('.'))
  return (parsed.data.list ?? []).filter((item) => !item.isDir).map((item) => item.info)
}
