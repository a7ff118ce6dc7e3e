/**
 * Issuer identification number of a card: the first 6 digits, 8 since ISO/IEC 7812-1:2017. More digits
 * would be part of the card's number, which has no place here.
 */
export const CARD_ISSUER = /^\d{6,8}$/
