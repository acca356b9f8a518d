import { z } from 'zod'

/** When a sign-in that can't renew itself ends, by the token as rclone keeps it; null when it can, or never ends. */
export function endOfSignIn(token: string | undefined): Date | null {
  if (token === undefined) return null
  try {
    const parsed = Token.safeParse(JSON.parse(token))
    // Year 1 is how rclone writes "never".
    if (!parsed.success || parsed.data.refresh_token !== '' || parsed.data.expiry.getFullYear() < 1980)
      return null
    return parsed.data.expiry
  } catch {
    // A token in a form of its own says nothing about its end.
    return null
  }
}

const Token = z.object({ refresh_token: z.string().default(''), expiry: z.coerce.date() })
