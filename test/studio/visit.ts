/** A page in a browser, and what is read off it. */
import type { Browser, Page } from 'playwright-core'

export interface PageOptions {
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
}

/** A page, and what went wrong on it. */
export async function visit(
  browser: Browser,
  url: string,
  { width = 1280, height = 800, dark = false }: PageOptions = {},
) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith('http://127.0.0.1') && !/^(?:data|blob):/.test(request.url())) {
      wrong.push(`it asked for ${request.url()}`)
    }
  })
  await page.goto(url)
  await page.waitForSelector('.box .value')
  return { page, wrong, context }
}

/** What a node shows, as numbers. */
export async function numbersOf(page: Page, name: string) {
  const box = page.locator(`[data-box="${name}"]`)
  const read = async (part: string) => {
    const text = await box.locator(`.${part}`).textContent()
    return Number(text!.replaceAll('\u2212', '-'))
  }
  return { value: await read('value'), gradient: await read('gradient') }
}

/** Lets a file fall on the drawing. */
export async function drop(page: Page, name: string, text: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([file, content]) => {
      const data = new DataTransfer()
      data.items.add(new File([content!], file!, { type: 'text/csv' }))
      return data
    },
    [name, text],
  )
  await page.dispatchEvent('.drawing', 'drop', { dataTransfer: transfer })
}

export const fact = (page: Page, name: string) =>
  page.locator(`[data-fact="${name}"]`).textContent()
