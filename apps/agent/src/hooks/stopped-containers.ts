import { join } from 'node:path'
import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import type { containers as Containers } from '@holdfast/host'
import { writeSealedFile } from '@holdfast/sealed-config'
import { z } from 'zod'
import { readIfThere } from '../read-if-there.ts'

const Note = z.object({
  version: z.literal(1),
  /** Who wants it stopped: `holder` is a run's hook. */
  stopped: z.array(z.object({ container: z.string(), holder: z.string() })),
})
type Held = z.infer<typeof Note>['stopped']

type StopOptions = Parameters<typeof Containers.stop>[1]

/**
 * The containers that hooks have stopped. What was running before is noted in the home, on the disk, before it is
 * stopped, so that a later agent starts it again when this one dies in between.
 */
export type StoppedContainers = {
  /**
   * Stops one that runs. One that somebody else had stopped stays as it is, also afterwards; one that another holder has
   * stopped stays stopped for both. HOOK_FAILED, CANCELLED: it may have stopped then, and `start` is still owed.
   */
  stop(container: string, holder: string, options: StopOptions): Promise<'stopped' | 'left-alone'>
  /** Starts what `stop` stopped for this holder, once no other holds it. HOOK_FAILED: it is noted still. */
  start(container: string, holder: string, options: StopOptions): Promise<'started' | 'left-alone'>
  /** Starts what an earlier agent left stopped, or `start` could not; answers which containers could not be started. Safe to repeat. */
  startLeft(optionsFor: (container: string) => StopOptions): Promise<{ started: string[]; failed: string[] }>
}

/** CONFIG_DAMAGED when the note can't be understood. */
export async function openStoppedContainers(
  home: string,
  containers: typeof Containers,
): Promise<StoppedContainers> {
  const file = join(home, 'stopped-containers.json')
  let held = await readNote(file)
  /** These holders are gone: of an earlier agent, or of a run whose start failed. */
  let left = held
  const turns = new Map<string, Promise<unknown>>()
  let written: Promise<void> = Promise.resolve()

  /** One at a time for each container: two runs may hold the same. */
  function inTurn<T>(container: string, work: () => Promise<T>): Promise<T> {
    const turn = (turns.get(container) ?? Promise.resolve()).then(work)
    turns.set(
      container,
      turn.catch(() => undefined),
    )
    return turn
  }
  /** Resolves when the disk says so too. */
  function change(by: (last: Held) => Held): Promise<void> {
    held = by(held)
    const content = Buffer.from(`${JSON.stringify({ version: 1, stopped: held }, null, 2)}\n`)
    const now = written.then(() => writeSealedFile(file, content))
    written = now.catch(() => undefined)
    return now
  }
  const holdersOf = (container: string) => held.filter((one) => one.container === container)
  const without = (container: string) => (list: Held) => list.filter((one) => one.container !== container)

  return {
    stop: (container, holder, options) =>
      inTurn(container, async () => {
        const runs = await containers.isRunning(container, options)
        if (!runs && holdersOf(container).length === 0) return 'left-alone'
        await change((last) => [...last, { container, holder }])
        if (runs) await containers.stop(container, options)
        return 'stopped'
      }),
    start: (container, holder, options) =>
      inTurn(container, async () => {
        const own = holdersOf(container).find((one) => one.holder === holder)
        if (own === undefined) return 'left-alone'
        const others = holdersOf(container).filter((one) => one !== own && !left.includes(one))
        if (others.length > 0) {
          await change((last) => last.filter((one) => one !== own))
          return 'left-alone'
        }
        // Whoever asked is gone after this, also when it fails: then `startLeft` owes it.
        left = [...left, own]
        await containers.start(container, options)
        left = without(container)(left)
        await change(without(container))
        return 'started'
      }),
    async startLeft(optionsFor) {
      const done = { started: [] as string[], failed: [] as string[] }
      for (const container of new Set(left.map((one) => one.container)))
        await inTurn(container, async () => {
          const owed = holdersOf(container)
          try {
            // A run that holds it now starts it when it ends.
            if (owed.length > 0 && owed.every((one) => left.includes(one))) {
              await containers.start(container, optionsFor(container))
              done.started.push(container)
            }
            await change((last) => last.filter((one) => one.container !== container || !left.includes(one)))
            left = without(container)(left)
          } catch (error) {
            if (!isHoldfastError(error)) throw error
            done.failed.push(container)
          }
        })
      return done
    },
  }
}

async function readNote(file: string): Promise<Held> {
  const bytes = await readIfThere(file)
  if (bytes === undefined) return []
  try {
    return Note.parse(JSON.parse(Buffer.from(bytes).toString())).stopped
  } catch (cause) {
    throw new HoldfastError('CONFIG_DAMAGED', `${file} can't be understood.`, {
      cause,
      next: 'Start the containers that are named in it yourself, then move the file away.',
    })
  }
}
