import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Known, runCli, type Stage } from './stage.ts'

/** Names of files that are only there while somebody writes them. */
const HALF_WRITTEN = /\.part$|\.new$|^%part-|^agent\.(lock|json)/
/** A kill may leave a crumb of a settings file; what is left must not add up. */
const CRUMBS_BYTES = 64 * 1024

/**
 * What must hold whenever nothing runs: the vault lists, every snapshot that may not go is there, its structure is
 * whole, and the newest and one random snapshot come back bit for bit. A snapshot that nobody knows yet is `made`, by
 * the run that was killed after it.
 */
export async function look(
  stage: Stage,
  made?: Pick<Known, 'by' | 'state'>,
): Promise<{ readonly made: boolean }> {
  const visible = await expectKnown(stage, made)
  await stage.reader.checkStructure()
  const [newest, ...rest] = visible.toReversed()
  const random = stage.chance.pick(rest)
  for (const known of [newest, random])
    if (known !== undefined) await stage.reader.compare(known.id, known.state)
  return { made: made !== undefined && visible.some(({ state }) => state === made.state) }
}

/** Every snapshot comes back, the programs say so too, every byte is read, and little half written stays at home. */
export async function lookAtEverything(stage: Stage): Promise<void> {
  const visible = await expectKnown(stage)
  for (const known of visible) await stage.reader.compare(known.id, known.state)
  const { answer } = await runCli(stage.dir, ['snapshots', '--from', 'vault'])
  if (!Array.isArray(answer) || answer.length !== visible.length)
    throw new Error(`holdfast lists ${JSON.stringify(answer)} and not ${visible.length} snapshots`)
  await runCli(stage.dir, ['check', '--from', 'vault', '--read', 'all'])
  await stage.agent?.stop()
  stage.agent = undefined
  const half = halfWrittenIn(join(stage.dir, 'home'))
  if (half.reduce((sum, { size }) => sum + size, 0) > CRUMBS_BYTES)
    throw new Error(`left in the home: ${half.map(({ path }) => path).join(', ')}`)
}

function halfWrittenIn(folder: string): { path: string; size: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && HALF_WRITTEN.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => ({ path, size: statSync(path).size }))
}

/** The snapshots that the vault lists, oldest first. */
async function expectKnown(stage: Stage, made?: Pick<Known, 'by' | 'state'>): Promise<Known[]> {
  const listed = await stage.reader.list()
  const unknown = listed.filter(({ id }) => !stage.known.some((known) => known.id === id))
  if (unknown.length > (made === undefined ? 0 : 1))
    throw new Error(`nobody made ${unknown.map(({ id }) => id).join(', ')}`)
  for (const { id, outcome } of unknown) {
    if (outcome !== 'complete') throw new Error(`${id} is ${outcome}`)
    if (made !== undefined) stage.known.push({ id, ...made, mayGo: false })
  }
  const isListed = (known: Known) => listed.some(({ id }) => id === known.id)
  const lost = stage.known.filter((known) => !known.mayGo && !isListed(known))
  if (lost.length > 0) throw new Error(`lost: ${lost.map(({ id }) => id).join(', ')}`)
  return stage.known.filter(isListed)
}
