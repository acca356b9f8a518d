import { LogIn } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { Link } from '#web/parts/link.tsx'
import type { Home } from '#web/trpc/types.ts'

/** The way to a new sign-in, for each remote that wants one. */
export function SignInAgain({ home }: { home: Home }) {
  const remotes = new Set(
    home.plans.flatMap(({ signIn, protection }) =>
      signIn !== undefined && (signIn.kind === 'refused' || protection.code === 'sign-in')
        ? [signIn.remote]
        : [],
    ),
  )
  return [...remotes].map((remote) => (
    <Button key={remote} asChild look="primary" size="main">
      <Link href={`/settings/?sign-in=${encodeURIComponent(remote)}`}>
        <LogIn aria-hidden className="size-5" /> Sign in again to {remote}
      </Link>
    </Button>
  ))
}
