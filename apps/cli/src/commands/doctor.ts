import { fileURLToPath } from 'node:url'
import { systemClock } from '@holdfast/host'
import { requireThisMachine } from '../agent/this-machine.ts'
import { checkAgent } from '../doctor/check-agent.ts'
import { checkDatabase } from '../doctor/check-database.ts'
import { checkHome } from '../doctor/check-home.ts'
import { checkLeftovers } from '../doctor/check-leftovers.ts'
import { checkPrograms } from '../doctor/check-programs.ts'
import { checkSealedFiles } from '../doctor/check-sealed-files.ts'
import { checkVaults } from '../doctor/check-vaults.ts'
import { type Finding, ok, warning } from '../doctor/finding.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'

const WEB_DIR = fileURLToPath(new URL('../../../web/out', import.meta.url))

/**
 * `holdfast doctor`: what is wrong with this installation and how to mend it. Changes nothing, prints no secret; exits
 * 1 when there is a problem. With `--remote` it also asks each vault's place.
 */
export async function doctor(
  { settings, output }: Call,
  options: { readonly remote?: boolean },
): Promise<ExitCode> {
  requireThisMachine(settings, 'An installation is looked at')
  const { home } = settings
  const webDir = settings.userVariables.HOLDFAST_WEB_DIR ?? WEB_DIR
  const findings: Finding[] = [
    ...(await checkPrograms(settings, { nodeVersion: process.versions.node, webDir })),
    zoneFinding(new Intl.DateTimeFormat().resolvedOptions().timeZone),
  ]
  const ofHome = checkHome(home, process.getuid?.())
  if (ofHome === undefined) findings.push(ok('home', `There is no home at ${home} yet: nothing is set up.`))
  else {
    findings.push(...ofHome)
    // Without a folder there is nothing in it.
    if (ofHome[0]?.check !== 'home') findings.push(...(await inside({ settings, output }, options)))
  }
  const problems = findings.filter(({ state }) => state === 'problem')
  output.answer({ ok: problems.length === 0, home, findings }, linesOf(findings))
  return problems.length === 0 ? EXIT.ok : EXIT.failed
}

async function inside(
  { settings, output }: Call,
  options: { readonly remote?: boolean },
): Promise<Finding[]> {
  const { home } = settings
  const agent = await checkAgent(settings)
  const database = checkDatabase(home, { agentRuns: agent.answers, now: new Date(systemClock.nowMs()) })
  const vaults = agent.answers ? agent.vaults : database.vaults
  return [
    ...(await checkSealedFiles(settings)),
    ...database.findings,
    ...checkLeftovers(home, { agentAnswers: agent.answers }),
    ...agent.findings,
    ...(options.remote === true ? await checkVaults(vaults, { settings, output }) : []),
  ]
}

function zoneFinding(timeZone: string | undefined): Finding {
  if (timeZone !== undefined && timeZone !== 'Etc/Unknown')
    return ok('time-zone', `The time zone is ${timeZone}.`)
  return warning(
    'time-zone',
    'The time zone of this machine is not known, so schedules follow UTC.',
    'Set it, for example: timedatectl set-timezone Europe/Berlin',
  )
}

const MARKS = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' } as const

function linesOf(findings: readonly Finding[]): string[] {
  const count = (state: Finding['state']) => findings.filter((one) => one.state === state).length
  const [problems, warnings] = [count('problem'), count('warning')]
  return [
    ...findings.flatMap(({ state, sentence, next }) => [
      `${MARKS[state]}  ${sentence}`,
      ...(next === null ? [] : [`         Next: ${next}`]),
    ]),
    '',
    problems + warnings === 0
      ? 'Nothing is wrong with this installation.'
      : `${problems} ${problems === 1 ? 'problem' : 'problems'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`,
  ]
}
