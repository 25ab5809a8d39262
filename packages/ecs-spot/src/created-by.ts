/** On a standby that `SpotFailover` has created. Such a standby is not adopted: its stack creates it. */
export const createdByTag = 'tideway:created-by'
