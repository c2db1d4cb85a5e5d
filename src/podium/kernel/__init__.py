"""Words that every room uses: ids, errors, time, money, pages. Standard library only."""
