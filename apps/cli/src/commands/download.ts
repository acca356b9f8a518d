import { createHash } from 'node:crypto'
import { type FileHandle, open, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { formatBytes, HoldfastError, toHoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import { callAgent, readFromAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { absolutePath } from '../argument-bytes.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { findMoment } from '../find-moment.ts'
import type { Call } from '../program.ts'
import { checkNewFile } from '../write-private-file.ts'

export type DownloadOptions = { snapshot?: string; at?: string; out?: string; force?: boolean }

const Link = z.object({ url: z.string(), name: z.string(), size: z.number().nullable() })
type Link = z.infer<typeof Link>

/**
 * `holdfast download PLAN PATH…`: one file as it is, or several and folders as a zip, from the agent. A file that was
 * broken off goes on where it ended when it is asked for again.
 */
export async function download(
  call: Call,
  plan: string,
  paths: readonly string[],
  options: DownloadOptions,
): Promise<ExitCode> {
  const { settings, output } = call
  const { signal } = settings
  const toStdout = options.out === '-'
  if (toStdout && output.json)
    throw new HoldfastError('USAGE', 'Standard output is either the file or the document: give --out FILE.')
  const found = await callAgent(settings, async (agent) => {
    const { id: planId } = await findPlan(agent, plan, signal)
    const moment = {
      snapshot: options.snapshot ?? (options.at === undefined ? 'latest' : undefined),
      at: options.at,
    }
    const { id: snapshot } = await findMoment(agent, planId, { ...moment, signal })
    const request = { planId, snapshot, paths: [...paths] }
    return { snapshot, link: Link.parse(await agent.restore.download.mutate(request, { signal })) }
  })
  const { link, snapshot } = found
  if (toStdout) {
    await readFromAgent(settings, { path: link.url }, (answer) =>
      pour(call, answer, { link, from: 0, to: output.write }),
    )
    return EXIT.ok
  }
  const target = absolutePath(options.out ?? safeName(link.name), settings.cwd)
  const force = options.force === true
  await checkNewFile(target, { force })
  const file = target.toString()
  const part = join(dirname(file), `.${basename(file)}.${keyOf(snapshot, paths)}.part`)
  const { bytes, resumedAt } = await fetchInto(call, part, link)
  await checkNewFile(target, { force })
  await rename(part, file)
  output.answer({ file, snapshot, bytes, resumedAt }, [
    `Wrote ${file} (${formatBytes(bytes)})${resumedAt === 0 ? '' : `, going on at ${formatBytes(resumedAt)}`}.`,
  ])
  return EXIT.ok
}

/** What is there of the part stays, when the agent has the rest of the very same file. */
async function fetchInto(
  call: Call,
  part: string,
  link: Link,
): Promise<{ bytes: number; resumedAt: number }> {
  const there = link.size === null ? 0 : await sizeOf(part)
  await using file = await open(part, there > 0 ? 'r+' : 'w', 0o600).catch((cause: unknown) => {
    throw new HoldfastError('TARGET_NOT_WRITABLE', `${part} can't be written.`, { cause })
  })
  const headers: Record<string, string> =
    there > 0 && there < (link.size ?? 0) ? { range: `bytes=${there}-` } : {}
  return await readFromAgent(call.settings, { path: link.url, headers }, async (answer) => {
    const from = answer.status === 206 ? there : 0
    await file.truncate(from)
    const bytes = await pour(call, answer, { link, from, to: (chunk, at) => writeAt(file, chunk, at) })
    await file.sync()
    return { bytes, resumedAt: from }
  })
}

/** Answers where it ended. AGENT_UNREACHABLE when the answer ends early. */
async function pour(
  { output }: Call,
  answer: Response,
  by: { link: Link; from: number; to: (chunk: Uint8Array, at: number) => Promise<void> },
): Promise<number> {
  const total = by.link.size
  let at = by.from
  try {
    for await (const chunk of answer.body ?? []) {
      await by.to(chunk, at)
      at += chunk.byteLength
      const of = total === null ? '' : ` of ${formatBytes(total)}`
      output.progress({ type: 'progress', bytesDone: at, bytesTotal: total }, `${formatBytes(at)}${of}`)
    }
  } catch (cause) {
    if (cause instanceof TypeError) throw brokenOff(total, cause)
    throw cause
  }
  if (total !== null && at !== total) throw brokenOff(total)
  return at
}

function brokenOff(total: number | null, cause?: unknown): HoldfastError {
  return new HoldfastError('AGENT_UNREACHABLE', 'The agent broke the download off.', {
    ...(cause === undefined ? {} : { cause }),
    next: total === null ? 'Run it again; a zip begins anew.' : 'Run it again: it goes on where it ended.',
  })
}

async function writeAt(file: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  try {
    for (let done = 0; done < chunk.byteLength; )
      done += (await file.write(chunk, done, chunk.byteLength - done, at + done)).bytesWritten
  } catch (cause) {
    const full = z.object({ code: z.enum(['ENOSPC', 'EDQUOT']) }).safeParse(cause).success
    if (!full) throw toHoldfastError(cause)
    throw new HoldfastError('TARGET_FULL', 'The disk is full.', { cause })
  }
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined) // none yet, or none that can be read: it begins anew
  return found?.isFile() === true ? found.size : 0
}

/** A snapshot never changes: the same paths of it are the same bytes, also tomorrow. */
function keyOf(snapshot: string, paths: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([snapshot, paths]))
    .digest('hex')
    .slice(0, 12)
}

/** A name out of a vault stays a name. */
function safeName(name: string): string {
  const clean = name.replaceAll(/[/\\\p{Cc}]/gu, '_')
  return clean === '' || clean === '.' || clean === '..' ? 'download' : clean
}
