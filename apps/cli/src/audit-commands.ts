import { type Command, Option } from 'commander'
import { wholeNumber } from './option-groups.ts'
import type { Lazily } from './program.ts'

/** `holdfast audit …`, `report` and `metrics …`: who did what, what happened, and numbers for a monitoring system. */
export function addAuditCommands(program: Command, lazily: Lazily): void {
  const load = async () => await import('./commands/audit.ts')
  const audit = program.command('audit').description('who did what, and whether anybody rewrote it')
  filtered(audit.command('list', { isDefault: true }).description('list entries, newest first'))
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .action(lazily(async () => (await load()).auditList))
  audit
    .command('verify')
    .description('check every entry, and against what snapshots noted; exit code 1 when one is not right')
    .action(lazily(async () => (await load()).auditVerify))
  filtered(audit.command('export').description('write entries to a file, oldest first'))
    .option('--csv <file>', 'as CSV')
    .option('--json-file <file>', 'as JSON')
    .option('--force', 'replace the file when it is there already')
    .action(lazily(async () => (await load()).auditExport))
  program
    .command('report')
    .description('what happened in a week, a month or a year')
    .addOption(new Option('--period <kind>', 'which').choices(['week', 'month', 'year']).default('month'))
    .option('--last', 'the last whole one; else the one that is going on')
    .option('--pdf <file>', 'write it as PDF')
    .option('--csv <file>', 'write it as CSV')
    .addOption(new Option('--paper <size>', 'of the PDF').choices(['a4', 'letter']).default('a4'))
    .option('--force', 'replace the file when it is there already')
    .action(lazily(async () => (await import('./commands/report.ts')).report))
  const metrics = program.command('metrics').description('numbers for Prometheus at /metrics')
  const loadMetrics = async () => await import('./commands/metrics.ts')
  metrics
    .command('show', { isDefault: true })
    .description('tell whether they are on')
    .action(lazily(async () => (await loadMetrics()).metricsShow))
  metrics
    .command('token')
    .description('make the token that reads them, in place of an earlier one')
    .action(lazily(async () => (await loadMetrics()).metricsToken))
  metrics
    .command('off')
    .description('end the token')
    .action(lazily(async () => (await loadMetrics()).metricsOff))
}

function filtered(command: Command): Command {
  return command
    .option('--act <prefix>', 'only acts that begin so: plan., run.start')
    .option('--actor <who>', 'only by this device, cli, schedule or agent')
    .option('--search <text>', 'only entries that hold this text')
}
