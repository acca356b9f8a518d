'use client'

import NextLink from 'next/link'
import { useRouter } from 'next/navigation'
import type { ComponentProps } from 'react'

type LinkProps = Omit<ComponentProps<typeof NextLink>, 'href' | 'prefetch'> & { readonly href: string }

/**
 * A link to another screen, which is fetched when somebody is about to go there. Next would fetch the screens behind all
 * links in sight at once, while the one that was asked for still loads.
 */
export function Link({ href, ...rest }: LinkProps) {
  const router = useRouter()
  const fetchAhead = () => router.prefetch(href)
  return <NextLink href={href} prefetch={false} onPointerEnter={fetchAhead} onFocus={fetchAhead} {...rest} />
}
