import { FieldProblem } from '#web/parts/field.tsx'
import type { HookCommands } from '#web/trpc/types.ts'

/** The commands that this machine defines, to be read only, and where they come from. */
export function HookCommandsNote({ commands }: { commands: HookCommands }) {
  const { file, problem } = commands
  return (
    <div className="grid gap-2 rounded-xl border border-line p-3.5">
      <p className="font-semibold">Commands of this machine</p>
      {problem !== null && <FieldProblem text={`${problem.message} ${problem.next}`} />}
      {commands.commands.length > 0 && (
        <dl className="grid gap-1.5">
          {commands.commands.map(({ id, command }) => (
            <div key={id} className="grid gap-0.5">
              <dt className="font-medium">{id}</dt>
              <dd className="note font-mono text-[13px] [overflow-wrap:anywhere]">{command.join(' ')}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="note [overflow-wrap:anywhere]">
        {commands.commands.length === 0 && problem === null && 'None is defined yet. '}
        They are defined on the machine itself, never from here, so that nobody who gets hold of this device
        can run something there: <code className="text-[13px]">holdfast hook add NAME -- PROGRAM</code>, kept
        in {file}.
      </p>
    </div>
  )
}
