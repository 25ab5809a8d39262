import { spawn } from 'node:child_process'

const commands: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  // `start` is a command of the shell. Its first argument in quotes is the title of a window.
  win32: ['cmd', '/c', 'start', '""'],
}

/**
 * Opens a page in the browser of the user.
 *
 * @param onProblem called where there is no browser, or where it does not start
 */
export function openBrowser(
  url: string,
  onProblem: (problem: string) => void,
  [command = '', ...args]: readonly string[] = commands[process.platform] ?? ['xdg-open'],
): void {
  const report = (reason: string) =>
    onProblem(`--open: cannot open a browser (${command}: ${reason}). Open ${url} yourself.`)
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', (error: NodeJS.ErrnoException) =>
    report(error.code === 'ENOENT' ? 'not found' : error.message),
  )
  child.on('exit', (code) => code !== 0 && code !== null && report(`exit code ${code}`))
  child.unref()
}
