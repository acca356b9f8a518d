import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dealActs } from './cast.ts'
import { createChance } from './chance.ts'
import { startAgent } from './programs.ts'
import { type Kill, playRound, type Round } from './round.ts'

const KILLS_PER_VAULT = 20

export type Soak = {
  readonly kills: number
  readonly seed: number
  /** Vaults that are tried side by side. */
  readonly lanes: number
  /** Only this round of them all. */
  readonly only?: number | undefined
  /** Ends each vault after the kill that is under way. */
  readonly signal?: AbortSignal | undefined
  readonly onKill?: (kill: Kill) => void
}
export type SoakResult = { readonly kills: readonly Kill[]; readonly failures: readonly string[] }

/**
 * Kills the real programs `kills` times at moments spread over the length of what they do, with a fresh vault, plain
 * and encrypted in turn, after at most twenty of them. A round in which something is lost ends there and is told
 * with what plays it again. Needs Linux: who is left behind is seen in /proc.
 */
export async function runSoak(soak: Soak): Promise<SoakResult> {
  const waiting = roundsOf(soak).filter(({ number }) => soak.only === undefined || number === soak.only)
  const kills: Kill[] = []
  const failures: string[] = []
  const startMs = await measureStart()
  const onKill = (kill: Kill) => {
    kills.push(kill)
    soak.onKill?.(kill)
  }
  const lane = async () => {
    for (let round = waiting.shift(); round !== undefined; round = waiting.shift())
      await playRound(round, { seed: soak.seed, startMs, onKill, signal: soak.signal }).catch(
        (error: unknown) => {
          failures.push(`${error instanceof Error ? error.message : String(error)}\n${replay(soak, round)}`)
        },
      )
  }
  await Promise.all(Array.from({ length: soak.lanes }, lane))
  return { kills, failures }
}

/** As many rounds as keep all lanes busy, of one size as nearly as can be. */
function roundsOf({ kills, seed, lanes }: Soak): Round[] {
  const acts = dealActs(kills, createChance(seed, 'cast'))
  const count = Math.ceil(kills / KILLS_PER_VAULT / lanes) * lanes
  return Array.from({ length: count }, (_, number) => ({
    number,
    acts: acts.slice(Math.floor((number * kills) / count), Math.floor(((number + 1) * kills) / count)),
  }))
}

/** How long an agent takes to start in a new home. */
async function measureStart(): Promise<number> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-soak-')))
  try {
    const agent = startAgent(dir)
    await agent.ready
    const ms = performance.now() - agent.startedMs
    await agent.stop()
    return ms
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

function replay({ kills, seed, lanes }: Soak, { number }: Round): string {
  return `Again: npm run soak -- --seed ${seed} --kills ${kills} --lanes ${lanes} --round ${number}`
}
