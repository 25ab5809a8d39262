const denied = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'Forbidden',
  'UnauthorizedAccess',
  'UnauthorizedOperation',
])

const credentials = new Set([
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
])

/** Whether the code of a failed call of AWS means a missing right. */
export function isDenied(code: string): boolean {
  return denied.has(code)
}

/** Whether the credentials are missing, expired or unknown to AWS. */
export function isCredentialError(code: string): boolean {
  return credentials.has(code)
}

/** The message of an error. The SDK adds the response object as a hint on further lines. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]?.trim() || 'no message'
}

type Next = (args: unknown) => Promise<unknown>
type Middleware = (next: Next, context: { readonly commandName?: string }) => Next

/** A client of the SDK. Each types its own middleware. */
export interface SdkClient {
  readonly middlewareStack: { add(...args: never[]): void }
}

/** Adds middleware that fits all clients of the SDK. */
export function addMiddleware(client: SdkClient, middleware: Middleware, options: object): void {
  const stack = client.middlewareStack as unknown as {
    add(middleware: Middleware, options: object): void
  }
  stack.add(middleware, options)
}

/** Calls `around` for each call of a client, with the name of the operation. */
export function aroundCalls(
  client: SdkClient,
  around: (operation: string, call: () => Promise<unknown>) => Promise<unknown>,
): void {
  addMiddleware(
    client,
    (next, { commandName = '' }) =>
      (args) =>
        around(commandName.replace(/Command$/, ''), () => next(args)),
    { step: 'initialize', priority: 'high' },
  )
}
