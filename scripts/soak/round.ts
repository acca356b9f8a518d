import { type Act, nameOf } from './cast.ts'
import { lookAtEverything } from './look.ts'
import { playAct } from './play-act.ts'
import { openStage, prepare, type Stage } from './stage.ts'

/** One vault and the kills it lives through. */
export type Round = { readonly number: number; readonly acts: readonly Act[] }
export type Kill = { readonly act: Act; readonly phase: string; readonly atMs: number }

const MISSES_AT_MOST = 4

/**
 * Makes a tree, a home and a vault and kills as told, each time at another moment. After each kill: nobody is left
 * behind, the vault's structure is whole, the newest and one random snapshot come back bit for bit, the next run
 * succeeds. At the end every snapshot comes back and every byte is read. Rejects at the first thing that is not so.
 */
export async function playRound(
  round: Round,
  options: {
    seed: number
    /** How long an agent takes to start. */
    startMs: number
    onKill: (kill: Kill) => void
    signal: AbortSignal | undefined
  },
): Promise<void> {
  await using stage = openStage(options.seed, round.number, options.startMs)
  // Who starts is killed in a home that nobody has used.
  const acts = [...round.acts].sort((a, b) => Number(b.doing === 'start') - Number(a.doing === 'start'))
  let moment = stage.chance.next()
  let isReady = false
  for (const [index, act] of acts.entries()) {
    options.signal?.throwIfAborted()
    if (!isReady && act.doing !== 'start') {
      await prepare(stage)
      isReady = true
    }
    moment = (moment + GOLDEN) % 1
    try {
      options.onKill(await killOnce(stage, act, moment))
    } catch (error) {
      const where = `kill ${index + 1}, ${nameOf(act)}, at ${Math.round(moment * 100)} % of its length`
      throw new Error(`Round ${round.number}, ${where}: ${String(error)}`, { cause: error })
    }
  }
  if (!isReady) await prepare(stage)
  await lookAtEverything(stage)
}

/** Steps of this part of the whole fall evenly, however many there are. */
const GOLDEN = 0.618_033_988_75

/** Tries an earlier moment when the work was done before its moment came: how long it takes varies. */
async function killOnce(stage: Stage, act: Act, moment: number): Promise<Kill> {
  let fraction = moment
  for (let misses = 0; ; misses += 1) {
    const { hit, phase, atMs } = await playAct(stage, act, fraction)
    if (hit) return { act, phase, atMs }
    if (misses === MISSES_AT_MOST) throw new Error('the work always ends before somebody can be killed')
    fraction *= 0.8
  }
}
