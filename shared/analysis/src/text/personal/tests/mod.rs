mod lines;
mod promises;
mod random;

use super::*;

/// Numbers that pass their checks, none of anybody: those that the makers of payment software publish for trials.
const CARDS: [&str; 8] = [
    "4111111111111111",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "4222222222222",
    "3530111333300000",
    "6304000000000000",
];
const IBANS: [&str; 8] = [
    "DE89370400440532013000",
    "GB82WEST12345698765432",
    "FR1420041010050500013M02606",
    "NL91ABNA0417164300",
    "CH9300762011623852957",
    "NO9386011117947",
    "PL61109010140000071219812874",
    "IE29AIBK93115212345678",
];

fn scrubbed(text: &str) -> String {
    scrub(text).text
}
