"""The page on which a person looks at a change and decides, on this computer only."""
