import { throwIfInvalid } from './problems'

/** A reference of cdktf. Its value, an ARN for instance, is known only when Terraform applies. */
const reference = /[$#]\{TfToken\[[^\]]*\]\}/g

/** Throws if a document is too large for AWS, which would reject it only at apply. */
export function throwIfTooLarge(path: string, document: string, maxBytes: number, fix: string) {
  const got = Buffer.byteLength(document.replace(reference, '-'.repeat(60)))
  const must = `have ${maxBytes} bytes at most`
  if (got > maxBytes) throwIfInvalid([{ path, must, got, fix }])
}
