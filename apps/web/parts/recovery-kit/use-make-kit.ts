import { useMutation } from '@tanstack/react-query'
import { saveLink, saveText } from '#web/parts/save-as.ts'
import { usualPaper } from '#web/parts/usual-paper.ts'
import { useTRPCClient } from '#web/trpc/client.ts'

/** Makes the recovery kit of a vault and brings it to this device, as a file or as pages to print. */
export function useMakeKit(vault: string) {
  const client = useTRPCClient()
  return useMutation({
    async mutationFn(as: 'file' | 'pages') {
      const kit = await client.kit.make.mutate({ vault })
      if (as === 'file') saveText(kit.fileName, kit.text, 'application/json')
      else saveLink(await client.kit.page.mutate({ vault, made: kit.made, paper: usualPaper() }))
      return kit
    },
  })
}
