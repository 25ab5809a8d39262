/** Where the simulated resources live. A client of another region works, but the ARNs say this one. */
export const region = 'us-east-1'
export const accountId = '123456789012'
