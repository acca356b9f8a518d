import { BrandMark } from '#web/parts/brand-mark.tsx'
import { Button } from '#web/parts/button.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import type { Problem } from '#web/trpc/problem.ts'

/** What a device shows between its code and an owner’s answer. */
export function WaitToBeLetIn(props: { number: string; problem: Problem | undefined; again: () => void }) {
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center gap-6 px-5 py-10">
      <BrandMark className="h-11 justify-self-start text-sea" />
      {props.problem === undefined ? (
        <>
          <div>
            <h1>Almost in.</h1>
            <p className="mt-2 text-soft" role="status">
              The owner who showed you the code now lets this device in, if their screen shows the same
              number.
            </p>
          </div>
          <p className="num rounded-2xl bg-wash py-6 text-center font-mono text-[44px] font-semibold tracking-[0.2em]">
            {props.number}
          </p>
          <p className="note">
            It waits for five minutes. Keep this page open; on the machine itself,{' '}
            <code>holdfast device approve {props.number}</code> lets it in too.
          </p>
        </>
      ) : (
        <>
          <h1>Not let in.</h1>
          <ProblemCard problem={props.problem} />
          <Button look="primary" size="main" onClick={props.again}>
            Try another code
          </Button>
        </>
      )}
    </main>
  )
}
